import { createContext, useContext, type ReactNode } from "react";
import { useMetricProperties, useRecentProfiles } from "../queries";
import type { Profile } from "../../api/types";
import { propertyName } from "../properties";

/** What a sentence speaks of so far: the event, and the property that a value belongs to. */
interface Subject {
  metric?: string | undefined;
  property?: string | undefined;
}

const SubjectContext = createContext<Subject>({});

export function SubjectProvider({ of, children }: { of: unknown; children: ReactNode }) {
  const above = useContext(SubjectContext);
  const { metric_id: metric, property } = (of ?? {}) as { metric_id?: string; property?: string };
  const subject = metric || property ? { metric: metric ?? above.metric, property } : above;
  return <SubjectContext value={subject}>{children}</SubjectContext>;
}

/** Properties that events of the metric carry. */
export function useEventProperties(): string[] {
  const { metric } = useContext(SubjectContext);
  return (useMetricProperties(metric).data?.data ?? []).map(({ attributes }) => attributes.property);
}

/** Properties of the store's own that its latest people carry. */
export function useProfileProperties(): string[] {
  const profiles = useRecentProfiles().data?.data ?? [];
  return [...new Set(profiles.flatMap(({ attributes }) => Object.keys(attributes.properties ?? {})))].sort();
}

/** Values that were seen in the property spoken of, as text. */
export function useSeenValues(): string[] {
  const { metric, property } = useContext(SubjectContext);
  const events = useMetricProperties(property ? metric : undefined).data?.data;
  const profiles = useRecentProfiles(Boolean(property && !metric)).data?.data;
  const ofEvents = events?.find(({ attributes }) => attributes.property === property)?.attributes.sample_values;
  const ofProfiles = metric ? undefined : profiles?.map(({ attributes }) => held(attributes, property ?? ""));
  return [...new Set((ofEvents ?? ofProfiles ?? []).flat().filter(isPlain).map(String))].slice(0, 20);
}

function held(profile: Profile, path: string): unknown {
  const place = /^location\['(.*)'\]$/.exec(path)?.[1];
  if (place) return (profile.location as Record<string, unknown> | null)?.[place];
  return profile.properties?.[propertyName(path)] ?? (profile as unknown as Record<string, unknown>)[path];
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}
