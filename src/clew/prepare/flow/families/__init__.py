"""What each operator of Data Wrangler becomes, one module per group of its menu."""
