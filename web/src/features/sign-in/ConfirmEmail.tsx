import { Alert, Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { confirmEmail, reasonOf } from "./auth";
import { Front } from "./Front";

/** `/confirm-email`: by a link that was mailed to a new address. Opening it changes nothing, for mail scanners do that. */
export function ConfirmEmail() {
  const [query] = useSearchParams();
  const confirm = useMutation({ mutationFn: () => confirmEmail(query.get("token") ?? "") });
  if (confirm.data)
    return (
      <Front title="Your address is confirmed" about={`You sign in with ${confirm.data.email} from now on.`}>
        <Button component="a" href="/you" fullWidth autoFocus>
          Go on
        </Button>
      </Front>
    );
  return (
    <Front title="Confirm your new address" about="You sign in with it from then on.">
      <Stack gap="sm">
        {confirm.error && (
          <Alert color="red" role="alert">
            {reasonOf(confirm.error)}
          </Alert>
        )}
        <Button loading={confirm.isPending} onClick={() => confirm.mutate()} fullWidth autoFocus>
          Confirm the address
        </Button>
      </Stack>
    </Front>
  );
}
