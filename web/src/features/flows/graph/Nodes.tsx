import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { IconAlertTriangle, IconCheck, IconX, type Icon } from "@tabler/icons-react";
import { count } from "../../../ui/format";
import type { Tone } from "../steps/kind";
import classes from "./FlowGraph.module.css";
import type { Mark, Passed, People } from "./FlowGraph";

/** What a card says of its step. */
export interface Card {
  readonly label: string;
  readonly detail: string;
  readonly icon: Icon;
  readonly tone: Tone | "trigger";
  readonly status?: string;
}

interface StepData extends Record<string, unknown> {
  readonly card: Card;
  readonly people: People | null;
  readonly isSelected: boolean;
  /** how much is missing */
  readonly gaps: number;
  /** what became of it since the version before */
  readonly mark: Mark | null;
  /** when somebody passed it, or what became of them there; undefined = never; null where nobody's way is shown */
  readonly passed: Passed | undefined | null;
}

export type StepNodeType = Node<StepData, "step">;
export type EndNodeType = Node<Record<string, never>, "end">;
export type ViaNodeType = Node<Record<string, never>, "via">;
export type GraphNode = StepNodeType | EndNodeType | ViaNodeType;

const STATUSES: Record<string, string> = { draft: "Draft", manual: "Manual", live: "Live", disabled: "Off" };

export function StepNode({ id, data: { card, people, isSelected, gaps, mark, passed } }: NodeProps<StepNodeType>) {
  const Icon = card.icon;
  return (
    <div id={`on-canvas-${id}`} className={classes.step} data-kind={card.tone} data-selected={isSelected || undefined} data-passed={passed === null ? undefined : passed !== undefined} data-mark={mark ?? undefined}>
      {card.tone !== "trigger" && <Handle type="target" position={Position.Top} className={classes.handle} />}
      <div className={classes.title}>
        <span className={classes.icon}>
          <Icon size={14} stroke={2} />
        </span>
        <span className={classes.label}>{card.label}</span>
        {mark && <span className={classes.mark}>{mark}</span>}
        {gaps > 0 && (
          <span className={classes.gaps} role="img" aria-label="Something is missing" title="Something is missing">
            <IconAlertTriangle size={14} />
          </span>
        )}
        {gaps === 0 && card.status && <span className={classes.status}>{STATUSES[card.status] ?? card.status}</span>}
      </div>
      <div className={classes.detail} title={card.detail}>
        {card.detail}
      </div>
      {people && (
        <div className={classes.people}>
          <span data-waiting={people.waiting > 0 || undefined}>{people.words?.[0] ?? `${count(people.waiting)} waiting`}</span>
          <span className={classes.came} title={people.words?.[1]}>{people.words?.[1] ?? `${count(people.done)} done`}</span>
        </div>
      )}
      {passed && (
        <div className={classes.people}>
          <span className={classes.passed}>
            {passed.isDone ? <IconCheck size={13} /> : <IconX size={13} />} {passed.words}
          </span>
        </div>
      )}
      <Handle type="source" position={Position.Bottom} className={classes.handle} />
    </div>
  );
}

export function EndNode() {
  return (
    <div className={classes.end}>
      <Handle type="target" position={Position.Top} className={classes.handle} />
      End
    </div>
  );
}

export function ViaNode() {
  return (
    <div className={classes.via}>
      <Handle type="target" position={Position.Top} className={classes.handle} />
      <Handle type="source" position={Position.Bottom} className={classes.handle} />
    </div>
  );
}
