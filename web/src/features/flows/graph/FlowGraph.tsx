import "@xyflow/react/dist/style.css";

import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Background, Controls, MarkerType, ReactFlow, type Edge } from "@xyflow/react";
import { useMemo } from "react";
import { useNameOf } from "../../../grammar/queries";
import type { FlowDefinition, FlowOverview } from "../../../api/types";
import classes from "./FlowGraph.module.css";
import { layoutOf, STEP, type Layout } from "./layout";
import { EndNode, StepNode, type GraphNode } from "./Nodes";
import { triggerWords, wordsOf, type StepWords } from "./stepWords";

const NODES = { step: StepNode, end: EndNode };
const TRIGGER = "trigger";
const PADDING = 24;
/** Below this the words in a step can no longer be read. */
const SMALLEST = 0.5;

interface FlowGraphProps {
  definition: FlowDefinition;
  steps: FlowOverview["steps"];
}

/** A flow drawn from its trigger down, with the people at each step. To be looked at; nothing can be changed here. */
export default function FlowGraph({ definition, steps }: FlowGraphProps) {
  const dark = useComputedColorScheme("light") === "dark";
  const { ref, width } = useElementSize();
  const trigger = definition.triggers[0];
  const { name } = useNameOf(trigger?.type ?? "", trigger?.id);
  const layout = useMemo(() => layoutOf(definition.actions, definition.entry_action_id), [definition]);
  const nodes = useMemo(() => nodesOf(definition, layout, steps, name), [definition, layout, steps, name]);
  const edges = useMemo(() => edgesOf(layout, definition.entry_action_id), [layout, definition]);
  const view = viewOf(layout, width);
  return (
    <div ref={ref} className={classes.canvas} style={{ height: view.height }}>
      {width > 0 && (
        <ReactFlow
          key={`${view.x}/${view.zoom}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODES}
          colorMode={dark ? "dark" : "light"}
          defaultViewport={view}
          minZoom={0.2}
          panOnDrag={!view.whole}
          nodesDraggable={false}
          nodesConnectable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          zoomOnPinch={!view.whole}
          zoomOnDoubleClick={!view.whole}
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
  return { x: Math.round(x), y: PADDING, zoom, whole, height: Math.min(tall * zoom + PADDING, 4_000) };
}

function nodesOf(definition: FlowDefinition, layout: Layout, steps: FlowOverview["steps"], name?: string): GraphNode[] {
  const actions = new Map(definition.actions.map((action) => [String(action.id), action]));
  const counts = new Map(steps.map((step) => [String(step.action_id), step]));
  const entry = layout.places[0]?.x ?? STEP.width / 2;
  const placed = layout.places.map(({ id, x, y, end }): GraphNode => {
    const action = actions.get(id);
    const down = y + STEP.height + STEP.gapY;
    if (end || !action) return { id, type: "end", position: { x: x - 34, y: down }, data: {} };
    return stepNode(id, x, down, wordsOf(action), counts.get(id) ?? { waiting: 0, done: 0 });
  });
  return [stepNode(TRIGGER, entry, 0, triggerWords(definition, name), null), ...placed];
}

function stepNode(id: string, x: number, y: number, step: StepWords, people: { waiting: number; done: number } | null): GraphNode {
  return { id, type: "step", position: { x: x - STEP.width / 2, y }, data: { step, people } };
}

function edgesOf({ wires }: Layout, entry: string | null): Edge[] {
  const first = entry === null ? [] : [{ from: TRIGGER, to: entry, label: "" }];
  return [...first, ...wires].map(({ from, to, label }) => ({
    id: `${from}>${to}>${label}`,
    source: from,
    target: to,
    label: label || undefined,
    type: "smoothstep",
    markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
    focusable: false,
  })) as Edge[];
}
