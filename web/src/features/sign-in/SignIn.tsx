import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useSearchParams } from "react-router";
import { byLink, needsCode, nextOf, reasonOf, refusalOf } from "./auth";
import { CodeField } from "./CodeField";
import { Front } from "./Front";
import { SignInForm } from "./SignInForm";

/** `/sign-in`: with a link's token its button, else every way in. */
export function SignIn() {
  const [query] = useSearchParams();
  const token = query.get("token");
  const refused = query.get("refused");
  // whole, so that nothing of somebody else's is left in this page
  const onSignedIn = () => location.assign(nextOf(query));
  if (token) return <Link token={token} onSignedIn={onSignedIn} />;
  return (
    <Front title="Sign in to Rapport">
      {refused && (
        <Alert color="orange" role="alert">
          {refusalOf(refused)}
        </Alert>
      )}
      <SignInForm onSignedIn={onSignedIn} />
    </Front>
  );
}

/** A link is used by this button alone, so that a mail scanner which looks at it does not use it up. */
function Link({ token, onSignedIn }: { token: string; onSignedIn: () => void }) {
  const [code, setCode] = useState("");
  const use = useMutation({ mutationFn: () => byLink(token, code), onSuccess: onSignedIn });
  const asks = code !== "" || needsCode(use.error);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    use.mutate();
  };
  return (
    <Front title="Sign in to Rapport" about="This link signs this browser in, once.">
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          {asks && <CodeField value={code} onChange={setCode} />}
          {use.error && !needsCode(use.error) && (
            <Alert color="red" role="alert">
              {reasonOf(use.error)}
            </Alert>
          )}
          <Button type="submit" loading={use.isPending} fullWidth autoFocus={!asks}>
            Sign in
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed">
        You can also <a href="/sign-in">sign in another way</a>.
      </Text>
    </Front>
  );
}
