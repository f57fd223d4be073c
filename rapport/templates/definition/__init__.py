"""Templates of the drag-and-drop editor, as their definition crosses the API (behaviour-messaging 3.2).

`layout` has the whole, `blocks` the kinds of blocks, each with how it is drawn. What is read is written back as it was.
"""
