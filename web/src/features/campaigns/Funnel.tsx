import type { CampaignOverview } from "../../api/types";
import { brief, rate } from "../../ui/format";
import classes from "./Funnel.module.css";

/** Each step as a bar, as long as its part of all recipients; beside it the part of the step before. */
export function Funnel({ of }: { of: CampaignOverview }) {
  const steps: [string, number][] = [
    ["Recipients", of.recipients],
    ["Delivered", of.delivered],
    ["Opened", of.opens_unique],
    ["Clicked", of.clicks_unique],
    ["Ordered", of.orders],
  ];
  return (
    <ol className={classes.funnel}>
      {steps.map(([label, people], step) => (
        <li key={label} className={classes.step}>
          <span className={classes.label}>{label}</span>
          <span className={classes.track}>
            <span className={classes.bar} style={{ width: widthOf(people, of.recipients), opacity: 1 - step * 0.13 }} />
          </span>
          <span className={classes.number}>{brief(people)}</span>
          <span className={classes.rate}>{step > 0 ? rate(people, steps[step - 1]?.[1] ?? 0) : ""}</span>
        </li>
      ))}
    </ol>
  );
}

function widthOf(part: number, total: number): string {
  return total > 0 ? `${Math.min(100, (100 * part) / total)}%` : "0";
}
