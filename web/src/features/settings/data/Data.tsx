import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { Offered } from "../../../ui/Offered";
import { Card } from "../../../ui/Page";
import { Deletions } from "./Deletions";
import { OnePerson } from "./OnePerson";
import { Retention } from "./Retention";

export function Data() {
  return (
    <Stack gap="md">
      <Offered by="get_profile_deletion_jobs">
        <OnePerson />
        <Deletions />
      </Offered>
      <Retention />
      <Offered by="get_profile_bulk_export_jobs">
        <Card title="Files of many people">
          <Text size="sm">
            Profiles of a list or segment, and events of a metric, are made into files under{" "}
            <Anchor component={Link} to="/settings/exports" size="sm" underline="always">
              Data exports
            </Anchor>
            .
          </Text>
        </Card>
      </Offered>
    </Stack>
  );
}
