import type { OperationId } from "../../api/ask";
import type { Icon } from "@tabler/icons-react";
import type { ComponentType, LazyExoticComponent } from "react";

/** A section of the settings: its place in the address, what it is called and for, and its page, fetched when it is first
 * opened. */
export interface Section {
  path: string;
  label: string;
  icon: Icon;
  description: string;
  /** What it shows nothing without: whoever may not ask it is not offered the section. */
  asks: OperationId;
  Component: LazyExoticComponent<ComponentType>;
}
