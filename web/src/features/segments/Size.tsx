import { useSegment } from "./queries";
import { Count } from "../../ui/Count";

/** The number of a segment's members; the API gives it for one at a time only. */
export function Size({ id }: { id: string }) {
  const { isPending, data } = useSegment(id);
  return <Count of={data?.data.attributes.profile_count} pending={isPending} />;
}
