/** Where each step of a flow stands: one below the other, branches side by side, rejoined paths centred again. */

import type { FlowAction } from "../../../api/types";

export interface Exit {
  to: string | null;
  label: string;
}

export interface Placed {
  id: string;
  x: number;
  y: number;
  /** The end of a path, drawn where a step has no next one. */
  end?: boolean;
  /** A point on a line, where a way leads straight to the step at which the ways meet. */
  via?: boolean;
}

export interface Wire {
  from: string;
  to: string;
  label: string;
  /** which of the step's ways it is; -1 = the rest of one */
  way: number;
}

export interface Layout {
  places: Placed[];
  wires: Wire[];
  width: number;
  height: number;
}

export const STEP = { width: 250, height: 92, gapX: 28, gapY: 64 };

const LABELS: Record<string, string> = { next: "", next_if_true: "Yes", next_if_false: "No" };

/** The ways out of a step, in drawing order. A split of many branches carries them in its data. */
export function exitsOf(action: FlowAction): Exit[] {
  const branches = branchesOf(action);
  const links = Object.entries(action.links ?? {}).filter(([name]) => name.startsWith("next"));
  const linked = links.map(([name, to]): Exit => ({ to: idOf(to), label: LABELS[name] ?? name.replace("next_", "") }));
  const exits = [...branches, ...linked];
  return exits.length > 0 ? exits : [{ to: null, label: "" }];
}

function branchesOf(action: FlowAction): Exit[] {
  const branches = action.data?.branches;
  if (!Array.isArray(branches)) return [];
  return branches.map((branch: Record<string, unknown>, place) => {
    const links = (branch.links ?? branch) as Record<string, unknown>;
    return { to: idOf(links.next ?? links.next_action_id), label: String(branch.name ?? `Branch ${place + 1}`) };
  });
}

function idOf(link: unknown): string | null {
  return link === null || link === undefined || link === "" ? null : String(link);
}

/** A piece of the drawing, placed relative to the middle of its own top. */
interface Block {
  places: Placed[];
  left: number;
  right: number;
  height: number;
}

/** Steps that lead in a circle, or to no step at all, are drawn as the end of their path. */
export function layoutOf(actions: FlowAction[], entry: string | null): Layout {
  const drawing = new Drawing(actions);
  const block = drawing.block(entry, null);
  const places = block.places.map((place) => ({ ...place, x: place.x + block.left }));
  return { places, wires: drawing.wires, width: block.left + block.right, height: block.height };
}

class Drawing {
  readonly wires: Wire[] = [];
  private readonly actions: Map<string, FlowAction>;
  private readonly drawn = new Set<string>();

  constructor(actions: FlowAction[]) {
    this.actions = new Map(actions.map((action) => [String(action.id), action]));
  }

  /** The path from `id` on, down to but without `stop`. */
  block(id: string | null, stop: string | null): Block {
    const action = id === null || id === stop || this.drawn.has(id) ? undefined : this.actions.get(id);
    if (!action || id === null) return nothing();
    this.drawn.add(id);
    const exits = exitsOf(action);
    const join = this.join(exits) ?? stop;
    const below = exits.length > 1 ? this.branches(id, exits, join) : this.single(id, exits[0]?.to ?? null, stop);
    const here = stacked(step(id), below);
    return join !== stop ? stacked(here, this.block(join, stop)) : here;
  }

  private single(from: string, to: string | null, stop: string | null): Block {
    return this.after(from, { to, label: "" }, 0, stop);
  }

  private branches(from: string, exits: Exit[], join: string | null): Block {
    return beside(exits.map((exit, way) => (exit.to !== null && exit.to === join ? this.straight(from, exit, way) : this.after(from, exit, way, join))));
  }

  /** What follows one exit, with its wire; a path that ends gets a mark to end at. */
  private after(from: string, { to, label }: Exit, way: number, stop: string | null): Block {
    if (to !== null && this.actions.has(to)) {
      this.wires.push({ from, to, label, way });
      return this.block(to, stop);
    }
    const end = `${from}/end/${way}`;
    this.wires.push({ from, to: end, label, way });
    return { ...step(end, true), height: 34 + STEP.gapY };
  }

  private straight(from: string, { to, label }: Exit, way: number): Block {
    const via = `${from}/via/${way}`;
    this.wires.push({ from, to: via, label, way }, { from: via, to: to as string, label: "", way: -1 });
    const half = STEP.width / 2;
    return { places: [{ id: via, x: 0, y: 0, via: true }], left: half, right: half, height: STEP.gapY };
  }

  /** The first step at which all open exits meet again, if they do. */
  private join(exits: Exit[]): string | null {
    const open = exits.flatMap(({ to }) => (to === null ? [] : [to]));
    if (open.length < 2) return null;
    const [first, ...others] = open.map((to) => this.reach(to));
    return first?.find((id) => others.every((ids) => ids.includes(id))) ?? null;
  }

  /** Everything that can follow from `id`, itself first, nearer steps before farther ones. */
  private reach(id: string): string[] {
    const seen = new Set([id]);
    for (const at of seen) {
      const action = this.actions.get(at);
      for (const { to } of action ? exitsOf(action) : []) if (to !== null) seen.add(to);
    }
    return [...seen].filter((at) => this.actions.has(at));
  }
}

function nothing(): Block {
  return { places: [], left: STEP.width / 2, right: STEP.width / 2, height: 0 };
}

function step(id: string, end = false): Block {
  const half = STEP.width / 2;
  return { places: [{ id, x: 0, y: 0, end }], left: half, right: half, height: STEP.height + STEP.gapY };
}

function stacked(above: Block, below: Block): Block {
  return {
    places: [...above.places, ...moved(below, 0, above.height)],
    left: Math.max(above.left, below.left),
    right: Math.max(above.right, below.right),
    height: above.height + below.height,
  };
}

function beside(blocks: Block[]): Block {
  const total = blocks.reduce((sum, { left, right }) => sum + left + right, STEP.gapX * (blocks.length - 1));
  let edge = -total / 2;
  const places = blocks.flatMap((block) => {
    const middle = edge + block.left;
    edge += block.left + block.right + STEP.gapX;
    return moved(block, middle, 0);
  });
  return { places, left: total / 2, right: total / 2, height: Math.max(...blocks.map(({ height }) => height)) };
}

function moved({ places }: Block, x: number, y: number): Placed[] {
  return places.map((place) => ({ ...place, x: place.x + x, y: place.y + y }));
}
