"""Flow files of Amazon SageMaker Data Wrangler as recipes, with a report of what maps and what does not.

`clew.prepare.flow.graph` reads a file into nodes, `line` chooses the nodes that make one table, the modules of
`families` say what each operator becomes, and `imported` puts recipe and report together.
"""
