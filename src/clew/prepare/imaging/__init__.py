"""What the steps on images share: reading pictures, and figures that describe them."""
