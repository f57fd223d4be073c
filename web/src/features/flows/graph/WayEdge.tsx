import { ActionIcon, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type EdgeProps } from "@xyflow/react";
import { StepChoices } from "../edit/StepChoices";
import classes from "./FlowGraph.module.css";

/** A line with the name of its way; in the editor with a button on it that puts a step there. The button is for the
 * mouse: keys use the menu of the step above. */
export function WayEdge({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, markerEnd, label, data }: EdgeProps) {
  const [path] = getSmoothStepPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  const { add, types } = data as { add?: (type: string) => void; types: readonly string[] };
  return (
    <>
      <BaseEdge path={path} {...(markerEnd ? { markerEnd } : {})} />
      <EdgeLabelRenderer>
        {label && (
          <span className={classes.way} style={{ transform: `translate(-50%, -50%) translate(${targetX}px, ${sourceY + 15}px)` }}>
            {label}
          </span>
        )}
        {add && (
          <div className={classes.insert} style={{ transform: `translate(-50%, -50%) translate(${targetX}px, ${targetY - 21}px)` }}>
            <Menu position="bottom" withinPortal shadow="md">
              <Menu.Target>
                <ActionIcon size={20} radius="xl" variant="default" aria-label="Add a step here" tabIndex={-1} className="nodrag nopan">
                  <IconPlus size={13} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
                <StepChoices types={types} choose={add} />
              </Menu.Dropdown>
            </Menu>
          </div>
        )}
      </EdgeLabelRenderer>
    </>
  );
}
