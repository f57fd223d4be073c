import { Badge, Box, Group, SegmentedControl, SimpleGrid, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { Card } from "../../ui/Page";
import { Problem, Rows } from "../../ui/States";
import { useStarterPreview, useStarters, type Starter } from "./queries";
import classes from "./Templates.module.css";
import { Thumbnail } from "./Thumbnail";
import { wordsOfUse } from "./words";

/** Templates to begin with, which every installation has. */
export function Starters({ isBusy, begin }: { isBusy: boolean; begin: (starter: Starter) => void }) {
  const [use, setUse] = useState("all");
  const starters = useStarters();
  const all = starters.data?.data.map(({ attributes }) => attributes) ?? [];
  const uses = [...new Set(all.map((each) => each.use))].map((value) => ({ value, label: wordsOfUse(value) }));
  const filter = <SegmentedControl size="xs" aria-label="What for" value={use} onChange={setUse} data={[{ value: "all", label: "All" }, ...uses]} />;
  return (
    <Card title="Starters">
      <Box mb="md" className={classes.filter}>
        {filter}
      </Box>
      {starters.error && <Problem error={starters.error} retry={starters.refetch} />}
      {starters.isPending && <Rows />}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="lg">
        {all
          .filter((each) => use === "all" || each.use === use)
          .map((starter) => (
            <Tile key={starter.name} starter={starter} isBusy={isBusy} begin={() => begin(starter)} />
          ))}
      </SimpleGrid>
    </Card>
  );
}

function Tile({ starter, isBusy, begin }: { starter: Starter; isBusy: boolean; begin: () => void }) {
  const mail = useStarterPreview(starter).data?.data.attributes;
  return (
    <UnstyledButton className={classes.starter} disabled={isBusy} onClick={begin}>
      {mail ? <Thumbnail html={mail.html ?? ""} /> : <Skeleton height={260} />}
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={600}>
          {starter.name}
        </Text>
        <Badge size="xs" variant="light">
          {wordsOfUse(starter.use)}
        </Badge>
      </Group>
      <Text size="xs" c="dimmed">
        {starter.description}
      </Text>
    </UnstyledButton>
  );
}
