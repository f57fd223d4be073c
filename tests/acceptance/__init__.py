"""The main job, end to end: orders in, segments, a campaign, a flow, what they earned."""
