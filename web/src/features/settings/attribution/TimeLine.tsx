import { Text } from "@mantine/core";
import { Link } from "react-router";
import type { Story, Touch } from "./queries";
import classes from "./TimeLine.module.css";
import { ageWords, touchWords, verdictWords, windowWords } from "./words";

/** Each touch with its window, from when it happened to when it closes or the order comes; the order is the right edge. */
export function TimeLine({ of }: { of: Story }) {
  const oldest = Math.max(...of.touches.map(({ age_seconds }) => age_seconds), 3_600);
  return (
    <ol className={classes.line} aria-label="Touches before, the latest first">
      {of.touches.map((touch) => (
        <Line key={touch.event_id} touch={touch} oldest={oldest} at={Date.parse(of.datetime)} />
      ))}
    </ol>
  );
}

function Line({ touch, oldest, at }: { touch: Touch; oldest: number; at: number }) {
  const { age_seconds, window, window_closes, verdict } = touch;
  const open = verdict === "open";
  // the window's end as seconds before the order; none that is still open ends before it
  const end = window_closes ? Math.max(0, (at - Date.parse(window_closes)) / 1000) : age_seconds;
  const left = 100 * (1 - age_seconds / oldest);
  return (
    <li className={classes.touch} data-open={open || undefined}>
      <div className={classes.words}>
        <span className={classes.name}>
          {touchWords(touch)} <From touch={touch} />
        </span>
        <Text size="xs" c="dimmed" component="span">
          {ageWords(age_seconds)}
          {window && `, window ${windowWords(window)}`}
        </Text>
        <Text size="xs" {...(open ? { fw: 600 } : { c: "dimmed" })} component="span">
          {verdictWords(verdict)}
        </Text>
      </div>
      <div className={classes.track} aria-hidden>
        <span className={classes.window} style={{ left: `${left}%`, width: `${(100 * (age_seconds - end)) / oldest}%` }} />
        <span className={classes.moment} style={{ left: `${left}%` }} />
      </div>
    </li>
  );
}

function From({ touch: { campaign, flow } }: { touch: Touch }) {
  if (campaign) return <Link to={`/campaigns/${campaign.id}`}>{campaign.name}</Link>;
  if (flow) return <Link to={`/flows/${flow.id}`}>{flow.name}</Link>;
  return null;
}
