import "@xyflow/react/dist/style.css";

import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Background, Controls, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, type Edge } from "@xyflow/react";
import { useEffect, useMemo } from "react";
import { useNameOf } from "../../../grammar/queries";
import type { FlowDefinition } from "../../../api/types";
import { useNamesIn } from "../names";
import { kindOf } from "../steps";
import { textAt, type NameOf } from "../steps/kind";
import { triggerOf } from "../triggers";
import type { Wire as Json } from "../tree";
import classes from "./FlowGraph.module.css";
import { WayEdge } from "./WayEdge";
import { layoutOf, STEP, type Layout } from "./layout";
import { EndNode, StepNode, ViaNode, type Card, type GraphNode } from "./Nodes";

const NODES = { step: StepNode, end: EndNode, via: ViaNode };
const EDGES = { way: WayEdge };
/** The trigger's name among the steps. */
export const TRIGGER = "trigger";
const PADDING = 24;
/** Below this the words in a step can no longer be read. */
const SMALLEST = 0.75;

/** People at a step: those who wait there, and those who passed it. */
export interface People {
  readonly waiting: number;
  readonly done: number;
  /** what is said of them, in two parts; absent: how many wait and are done */
  readonly words?: readonly [string, string];
}

/** How somebody passed a step. `words`: when, or why it did not do for them what it is there for. */
export interface Passed {
  readonly words: string;
  readonly isDone: boolean;
}

export interface Editing {
  readonly selected: string | null;
  readonly select: (id: string) => void;
  /** adds a step of this type on the line that leaves a step by one of its ways */
  readonly add: (from: string, way: number, type: string) => void;
  /** types of steps that can be added */
  readonly types: readonly string[];
  /** how much is missing in a step */
  readonly gaps: ReadonlyMap<string, number>;
}

/** What became of a step from one version to the next. */
export type Mark = "New" | "Moved" | "Changed";

interface FlowGraphProps {
  definition: FlowDefinition;
  /** by action; absent: nobody is counted */
  people?: ReadonlyMap<string, People> | undefined;
  /** absent: to be looked at */
  editing?: Editing | undefined;
  /** steps that somebody went, lit up */
  way?: ReadonlyMap<string, Passed> | undefined;
  /** steps that are other than before */
  marks?: ReadonlyMap<string, Mark> | undefined;
  /** how many took each way of a split */
  taken?: ReadonlyMap<string, readonly number[]> | undefined;
}

/** A flow drawn from its trigger down: to be looked at with its people, with one person's way, or to be edited. */
export default function FlowGraph(props: FlowGraphProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph({ definition, people, editing, way, taken, marks }: FlowGraphProps) {
  const dark = useComputedColorScheme("light") === "dark";
  const { ref, width } = useElementSize();
  const trigger = definition.triggers[0];
  const { name: known, missing } = useNameOf(trigger?.type ?? "", trigger?.id);
  // while it is asked for, nothing stands there
  const name = known ?? (missing || !trigger?.id ? undefined : "");
  const layout = useMemo(() => layoutOf(definition.actions, definition.entry_action_id), [definition]);
  const nameOf = useNamesIn(definition.actions);
  const nodes = useMemo(
    () => nodesOf(definition, layout, { name, nameOf, people, editing, way, marks }),
    [definition, layout, name, nameOf, people, editing, way, marks],
  );
  const edges = useMemo(() => edgesOf(layout, definition.entry_action_id, editing, taken), [layout, definition, editing, taken]);
  const view = viewOf(layout, width);
  const { setViewport } = useReactFlow();
  const { x, y, zoom } = view;
  useEffect(() => {
    if (width > 0) void setViewport({ x, y, zoom });
  }, [setViewport, width, x, y, zoom]);
  return (
    <div ref={ref} className={classes.canvas} style={{ height: view.height }}>
      {width > 0 && (
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODES}
          edgeTypes={EDGES}
          colorMode={dark ? "dark" : "light"}
          defaultViewport={view}
          minZoom={0.2}
          panOnDrag={!view.whole}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          zoomOnPinch={!view.whole}
          zoomOnDoubleClick={!view.whole}
          {...(editing ? { onNodeClick: (_, { id, type }) => type === "step" && editing.select(id) } : {})}
        >
          <Background gap={22} />
          {!view.whole && <Controls showInteractive={false} />}
        </ReactFlow>
      )}
    </div>
  );
}

/**
 * As wide as its place and as high as it needs: the page scrolls, not the drawing. Only a flow too wide to be read at
 * that size is cut off, and can then be dragged about.
 */
function viewOf(layout: Layout, width: number) {
  const room = Math.max(width - 2 * PADDING, 1) / layout.width;
  const zoom = Math.round(100 * Math.min(1, Math.max(room, SMALLEST))) / 100;
  const tall = layout.height + STEP.height + STEP.gapY;
  const entry = layout.places[0]?.x ?? layout.width / 2;
  const whole = room >= SMALLEST;
  const x = width / 2 - (whole ? layout.width / 2 : entry) * zoom;
  return { x: Math.round(x), y: PADDING, zoom, whole, height: Math.min(tall * zoom + 2 * PADDING, 4_000) };
}

interface Extras extends Pick<FlowGraphProps, "people" | "editing" | "way" | "marks"> {
  name: string | undefined;
  nameOf: NameOf;
}

function nodesOf(definition: FlowDefinition, layout: Layout, extras: Extras): GraphNode[] {
  const actions = new Map(definition.actions.map((action) => [String(action.id), action]));
  const entry = layout.places.find(({ id }) => id === definition.entry_action_id)?.x ?? layout.width / 2;
  const trigger = (definition.triggers[0] ?? {}) as Json;
  const begin: Card = { label: triggerOf(trigger).label, detail: triggerOf(trigger).words(trigger, extras.name), icon: triggerOf(trigger).icon, tone: "trigger" };
  const first = layout.places.length === 0 ? [endNode(`${TRIGGER}/end`, entry, STEP.height + STEP.gapY)] : [];
  const placed = layout.places.map(({ id, x, y, end, via }): GraphNode => {
    const action = actions.get(id);
    const down = y + STEP.height + STEP.gapY;
    if (via) return { id, type: "via", position: { x, y: down }, data: {} };
    if (end || !action) return endNode(id, x, down);
    const kind = kindOf(action.type);
    const data = (action.data ?? {}) as Json;
    const status = textAt(data, "status");
    return stepNode(id, x, down, { label: kind.label, detail: kind.words(data, extras.nameOf), icon: kind.icon, tone: kind.tone, ...(status ? { status } : {}) }, extras);
  });
  return [stepNode(TRIGGER, entry, 0, begin, { ...extras, people: extras.people?.has(TRIGGER) ? extras.people : undefined, way: undefined }), ...placed, ...first];
}

const endNode = (id: string, x: number, y: number): GraphNode => ({ id, type: "end", position: { x: x - 34, y }, data: {} });

function stepNode(id: string, x: number, y: number, card: Card, { people, editing, way, marks }: Extras): GraphNode {
  const data = {
    card,
    people: people ? (people.get(id) ?? { waiting: 0, done: 0 }) : null,
    isSelected: editing?.selected === id,
    gaps: editing?.gaps.get(id) ?? 0,
    mark: marks?.get(id) ?? null,
    passed: way === undefined ? null : way.get(id),
  };
  return { id, type: "step", position: { x: x - STEP.width / 2, y }, data };
}

function edgesOf({ wires }: Layout, entry: string | null, editing: Editing | undefined, taken: ReadonlyMap<string, readonly number[]> | undefined): Edge[] {
  const first = { from: TRIGGER, to: wires.length === 0 && entry === null ? `${TRIGGER}/end` : (entry ?? `${TRIGGER}/end`), label: "", way: 0 };
  return [first, ...wires].map(({ from, to, label, way }) => ({
    id: `${from}>${to}>${way}`,
    source: from,
    target: to,
    label: [label, taken?.get(from)?.[way]].filter((part) => part !== undefined && part !== "").join(" · ") || undefined,
    type: "way",
    data: editing && way >= 0 ? { add: (type: string) => editing.add(from, way, type), types: editing.types } : {},
    ...(to.includes("/via/") ? {} : { markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 } }),
    focusable: false,
  })) as Edge[];
}
