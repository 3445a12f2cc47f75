"""Parts of the page on which the domain model is written."""
