"""What flows use of the rooms below."""

# When flows last used segments, for `segments.inactivity`: while one runs, now; else when it last changed, be it that
# it was stopped. As its trigger, in its filter, or in a split.
SEGMENTS = """
    SELECT u.segment, CASE WHEN f.status IN ('live', 'manual') THEN %(now)s ELSE f.updated END
    FROM flows f CROSS JOIN LATERAL (
        SELECT s.public_id FROM segments s
        WHERE f.trigger_kind = 'segment' AND s.account_id = f.account_id AND s.id = f.trigger_ref
        UNION
        SELECT jsonb_path_query(f.profile_filter, 'strict $.**.group_ids[*]') #>> '{}'
        UNION
        SELECT jsonb_path_query(d.data, 'strict $.**.group_ids[*]') #>> '{}' FROM flow_actions d
        WHERE d.account_id = f.account_id AND d.flow_id = f.id) AS u (segment)
    WHERE f.account_id = %(account)s AND u.segment = ANY(%(segments)s)"""
