import { Alert, Loader, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconFileTypeCsv } from "@tabler/icons-react";
import { useState, type DragEvent } from "react";
import { useNavigate } from "react-router";
import { useAddress } from "../../ui/address";
import { Card, Page } from "../../ui/Page";
import classes from "./New.module.css";
import { useUpload, type ImportKind } from "./queries";
import { KINDS } from "./words";

/** Above it the server takes no file; `rapport import` does. */
const MOST_BYTES = 50_000_000;

export function NewImport() {
  const [kind, setKind] = useAddress("kind");
  const [list] = useAddress("list");
  const chosen = KINDS.find(({ value }) => value === kind)?.value ?? "profiles";
  return (
    <Page title="Import a file" back={["/imports", "Imports"]}>
      <Card>
        <Stack gap="md" maw={640}>
          <div>
            <Text size="sm" fw={500} mb={6} id="import-kind">
              What the file holds
            </Text>
            <SegmentedControl data={KINDS} value={chosen} onChange={setKind} aria-labelledby="import-kind" />
          </div>
          <Drop kind={chosen} list={list} />
        </Stack>
      </Card>
    </Page>
  );
}

function Drop({ kind, list }: { kind: ImportKind; list: string }) {
  const upload = useUpload();
  const navigate = useNavigate();
  const [over, setOver] = useState(false);
  const [tooLarge, setTooLarge] = useState<string | null>(null);
  const take = (file: File | undefined) => {
    setOver(false);
    if (!file || upload.isPending) return;
    setTooLarge(file.size > MOST_BYTES ? file.name : null);
    if (file.size > MOST_BYTES) return;
    const to = (id: string) => `/imports/${id}${list ? `?list=${encodeURIComponent(list)}` : ""}`;
    upload.mutate({ file, kind }, { onSuccess: ({ data }) => void navigate(to(data.id)) });
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  };
  return (
    <>
      <label
        className={classes.drop}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        {upload.isPending ? <Loader size="sm" /> : <IconFileTypeCsv size={36} stroke={1.4} aria-hidden />}
        <Text component="span" fw={600}>
          {upload.isPending ? "Looking at the file …" : "Drop a CSV file here, or choose one"}
        </Text>
        <Text component="span" size="sm" c="dimmed">
          The first line names the columns. Nothing is brought in before you have looked at it. At most 50 MB.
        </Text>
        <input
          type="file"
          accept=".csv,.tsv,.txt,.jsonl,.ndjson,text/csv"
          aria-label="The file"
          className={classes.input}
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0]);
            currentTarget.value = "";
          }}
        />
      </label>
      {tooLarge && (
        <Alert color="red" role="alert" title={`${tooLarge} is larger than 50 MB`}>
          Divide it, or bring it in from the command line: <code>rapport import {kind} FILE</code>.
        </Alert>
      )}
      {upload.error && (
        <Alert color="red" role="alert" title="The file was not taken">
          {upload.error.message}
        </Alert>
      )}
    </>
  );
}
