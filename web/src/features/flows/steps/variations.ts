/** A test of messages as the wire has it: its variations, their shares, and what begins another one. */

import { freshName, nameOf, without, type Wire } from "../tree";
import { at, textAt } from "./kind";

export type State = "draft" | "live" | "completed";

export const experimentOf = (data: Wire): Wire | null => (data.current_experiment ?? null) as Wire | null;

export const variationsOf = (data: Wire): readonly Wire[] => {
  const variations = at(data, "current_experiment", "variations");
  return Array.isArray(variations) ? (variations as Wire[]) : [];
};

export const messageOf = (action: unknown): Wire => (at(action, "data", "message") ?? {}) as Wire;

/** "A", "B" …, where a variation has no name of its own. */
export const nameOfVariation = (variation: Wire, place: number): string => textAt(messageOf(variation), "name") || String.fromCharCode(65 + place);

const withMessage = (action: Wire, message: Wire): Wire => ({ ...action, data: { ...(action.data as Wire | undefined), message } });

/** An action inside a test that is not there yet. */
export const freshInner = (message: Wire, name: string): Wire => ({ temporary_id: freshName(), type: "send-email", data: { message: { ...without(message, "id"), name } } });

const RULE: Wire = { enabled: true, automatic_end_statistical_certainty: true, automatic_end_date: null };

/** Two variations of a message, equally shared. */
export const freshExperiment = (message: Wire, name: string): Wire => ({
  name,
  variations: [freshInner(message, "A"), freshInner(message, "B")],
  allocations: null,
  winner_metric: "unique-clicks",
  automatic_winner_selection_settings: RULE,
});

/** Per cent of each variation, whole numbers that add up to 100. */
export function percentsOf(data: Wire): number[] {
  const names = variationsOf(data).map(nameOf);
  const given = (at(data, "current_experiment", "allocations") ?? null) as Record<string, number> | null;
  const weights = names.map((name) => Number(given ? (given[name] ?? 0) : 1));
  return whole(weights.some((weight) => weight > 0) ? weights : names.map(() => 1), 100);
}

/** Whole numbers in proportion to the weights, `total` together; what is left goes to the largest remainders. */
function whole(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map((weight) => (sum > 0 ? (weight / sum) * total : total / weights.length));
  const floors = exact.map(Math.floor);
  const left = total - floors.reduce((all, floor) => all + floor, 0);
  const next = exact.map((value, place) => [value - (floors[place] ?? 0), place] as const).sort(([one, a], [other, b]) => other - one || a - b);
  const raised = new Set(next.slice(0, left).map(([, place]) => place));
  return floors.map((floor, place) => floor + (raised.has(place) ? 1 : 0));
}

/** One share set, the others in their proportion to what is left. */
export function shared(percents: readonly number[], place: number, percent: number): number[] {
  const set = Math.max(0, Math.min(100, Math.round(percent)));
  if (percents.length < 2) return [100];
  const others = whole(percents.filter((_, other) => other !== place), 100 - set);
  return [...others.slice(0, place), set, ...others.slice(place)];
}

export const allocated = (variations: readonly Wire[], percents: readonly number[]): Wire => Object.fromEntries(variations.map((variation, place) => [nameOf(variation), percents[place] ?? 0]));

/** The data of a test with one more variation: a copy of the last. All are shared equally again. */
export function withVariation(data: Wire): Wire {
  const variations = variationsOf(data);
  const name = nameOfVariation({}, variations.length);
  const added = [...variations, freshInner(messageOf(variations.at(-1)), name)];
  return { ...data, current_experiment: { ...experimentOf(data), variations: added, allocations: null } };
}

/** One less; what stands in for the test before it begins is the first one. */
export function withoutVariation(data: Wire, place: number): Wire {
  const left = variationsOf(data).filter((_, other) => other !== place);
  const main = data.main_action as Wire;
  const message = { ...messageOf(left[0]), ...("id" in messageOf(main) ? { id: messageOf(main).id } : {}) };
  return { ...data, main_action: withMessage(main, message), current_experiment: { ...experimentOf(data), variations: left, allocations: null } };
}

/** Another test of what everybody gets now. */
export function withAnotherTest(data: Wire): Wire {
  const before = experimentOf(data);
  const fresh = freshExperiment(messageOf(data.main_action), textAt(before, "name") || "Test");
  const rule = before ? { winner_metric: before.winner_metric ?? null, automatic_winner_selection_settings: before.automatic_winner_selection_settings ?? RULE } : {};
  return { ...data, experiment_status: "draft", current_experiment: { ...fresh, ...rule } };
}

/** The data of a copy of a test: nothing of it has begun. */
export function freshTest(data: Wire): Wire {
  const again = (action: Wire): Wire => ({ ...withMessage(without(action, "id"), without(messageOf(action), "id")), temporary_id: freshName() });
  const main = again(data.main_action as Wire);
  const experiment = experimentOf(data);
  if (experiment === null) return { ...data, main_action: main };
  const variations = variationsOf(data).map(again);
  const allocations = experiment.allocations ? allocated(variations, percentsOf(data)) : null;
  return { ...data, experiment_status: "draft", main_action: main, current_experiment: { ...without(experiment, "id", "started"), variations, allocations } };
}
