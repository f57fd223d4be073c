/** Exports: those there are, and new ones. */

import { useQuery } from "@tanstack/react-query";
import { addressOf, ask, useSend, type ResourceOf } from "../../../api/ask";
import { CALM, LIVE } from "../../../api/pace";
import { refOf } from "../../../api/records";

type ProfileExport = ResourceOf<"get_profile_bulk_export_jobs">;
type EventExport = ResourceOf<"get_event_bulk_export_jobs">;

/** One export, of profiles or of events. */
export interface Export {
  id: string;
  source: { type: string; id: string };
  status: string;
  created: string;
  expires: string | null;
  error: string | null;
  done: number;
  total: number;
  size: number | null;
  download: string;
}

/** The last twenty of each kind, the latest first; looked at often while one is being made. */
export function useExports() {
  const profiles = useQuery({ ...ask("get_profile_bulk_export_jobs", { query: PROGRESS("profile") }), refetchInterval: paced });
  const events = useQuery({ ...ask("get_event_bulk_export_jobs", { query: PROGRESS("event") }), refetchInterval: paced });
  const all =
    profiles.data && events.data
      ? [
          ...profiles.data.data.map((job) => exportOf(job, ["list", "segment"], "get_download_for_profile_bulk_export_job")),
          ...events.data.data.map((job) => exportOf(job, ["metric"], "get_download_for_event_bulk_export_job")),
        ].sort((one, other) => other.created.localeCompare(one.created))
      : undefined;
  const refetch = () => Promise.all([profiles.refetch(), events.refetch()]);
  return { exports: all, error: profiles.error ?? events.error, refetch };
}

const PROGRESS = (kind: string) => ({ [`additional-fields[${kind}-bulk-export-job]`]: "progress" });

function paced({ state }: { state: { data?: { data: readonly { attributes: { status: string } }[] } | undefined } }): number {
  return state.data?.data.some(({ attributes }) => attributes.status === "processing") ? LIVE / 2 : CALM;
}

type Download = "get_download_for_profile_bulk_export_job" | "get_download_for_event_bulk_export_job";

function exportOf(job: ProfileExport | EventExport, sources: string[], download: Download): Export {
  const { status, created_at, result, error, progress } = job.attributes;
  const source = sources.map((name) => refOf(job as never, name)).find((ref) => ref !== undefined);
  return {
    id: job.id,
    source: source ?? { type: "", id: "" },
    status,
    created: created_at,
    expires: result?.expires_at ?? null,
    error: error ?? null,
    done: progress?.completed_count ?? 0,
    total: progress?.total_count ?? 0,
    size: progress?.size ?? null,
    download: addressOf(download, { path: { id: job.id } }),
  };
}

/** What the form holds. `group`: `list:…` or `segment:…`; the dates are days where this browser is, both included. */
export interface Draft {
  group: string | null;
  metric: string | null;
  start_date: string;
  end_date: string;
  properties: string[];
}

const named = (properties: string[]) => (properties.length > 0 ? { properties } : {});
const linked = (type: string, id: string) => ({ [type]: { data: { type, id } } });

export const useExportProfiles = () =>
  useSend("create_profile_bulk_export_job", ({ group, properties }: Draft) => {
    const [type = "", id = ""] = (group ?? "").split(":");
    return { data: { type: "profile-bulk-export-job", attributes: named(properties), relationships: linked(type, id) } as never };
  });

export const useExportEvents = () =>
  useSend("create_event_bulk_export_job", ({ metric, start_date, end_date, properties }: Draft) => ({
    data: {
      type: "event-bulk-export-job",
      attributes: { start_date: firstOf(start_date), end_date: lastOf(end_date), ...named(properties) },
      relationships: linked("metric", metric ?? ""),
    } as never,
  }));

const firstOf = (date: string): string => new Date(`${date}T00:00:00`).toISOString();

/** The end of the day, or now where the day is not over. */
function lastOf(date: string): string {
  const end = new Date(`${date}T23:59:59`).getTime();
  return new Date(Math.min(end, Date.now() - 1_000)).toISOString();
}
