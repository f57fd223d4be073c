import { Stack } from "@mantine/core";
import { Offered } from "../../../ui/Offered";
import { ConnectedApplications } from "./Connected";
import { RegisteredApplications } from "./Registered";

export function Applications() {
  return (
    <Stack gap="md">
      <ConnectedApplications />
      <Offered by="get_oauth_apps">
        <RegisteredApplications />
      </Offered>
    </Stack>
  );
}
