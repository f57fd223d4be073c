"""Metric aggregates: events of one metric counted by time and by dimensions (behaviour-people 3.8).

`types` what comes in and goes out, `question` the checked request, `dimensions` what an event can be
grouped and filtered by, `compute` the answer from the event lake, `api` the operation.
"""
