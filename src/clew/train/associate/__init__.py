"""What goes together: frequent itemsets, association rules, and recommendations."""
