import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import {
  IconArrowsSplit2,
  IconBolt,
  IconHourglass,
  IconMail,
  IconUserEdit,
  type Icon,
} from "@tabler/icons-react";
import { count } from "../../../ui/format";
import classes from "./FlowGraph.module.css";
import type { StepKind, StepWords } from "./stepWords";

export type StepNodeType = Node<{ step: StepWords; people: { waiting: number; done: number } | null }, "step">;
export type EndNodeType = Node<Record<string, never>, "end">;
export type GraphNode = StepNodeType | EndNodeType;

const ICONS: Record<StepKind, Icon> = {
  trigger: IconBolt,
  message: IconMail,
  wait: IconHourglass,
  split: IconArrowsSplit2,
  change: IconUserEdit,
};

export function StepNode({ data: { step, people } }: NodeProps<StepNodeType>) {
  const Icon = ICONS[step.kind];
  return (
    <div className={classes.step} data-kind={step.kind}>
      {step.kind !== "trigger" && <Handle type="target" position={Position.Top} className={classes.handle} />}
      <div className={classes.title}>
        <span className={classes.icon}>
          <Icon size={14} stroke={2} />
        </span>
        {step.title}
      </div>
      <div className={classes.detail} title={step.detail}>
        {step.detail}
      </div>
      {people && (
        <div className={classes.people}>
          <span data-waiting={people.waiting > 0 || undefined}>{count(people.waiting)} waiting</span>
          <span>{count(people.done)} done</span>
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
