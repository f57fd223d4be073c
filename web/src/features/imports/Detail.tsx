import { Skeleton } from "@mantine/core";
import { useParams } from "react-router";
import { bytes } from "../../ui/format";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { Answers } from "./Answers";
import { State } from "./List";
import { useImport } from "./queries";
import { Progress, Result } from "./Result";
import { kindWords } from "./words";

export function ImportPage() {
  const { id = "" } = useParams();
  const query = useImport(id);
  const of = query.data?.data.attributes;
  return (
    <Page
      title={of?.file_name ?? "Import"}
      mark={of && <State of={of.status} />}
      subtitle={of && `${kindWords(of.kind)} · ${bytes(of.size)}`}
      back={["/imports", "Imports"]}
    >
      {!of && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!of && !query.error && <Skeleton height={320} radius="lg" />}
      {of?.status === "running" && <Progress id={id} of={of} />}
      {of && ["complete", "cancelled", "failed"].includes(of.status) && <Result id={id} of={of} />}
      {of && ["draft", "checking", "checked"].includes(of.status) && <Answers key={id} id={id} of={of} />}
    </Page>
  );
}
