"""Small models that look at the rows: how well the target can be told, which rows are odd, which labels look wrong.

None of them is kept. They are bounded in rows and columns, seeded, and learn and judge on different rows.
"""
