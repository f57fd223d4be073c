import { Alert, Button, PasswordInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useSearchParams } from "react-router";
import { ApiProblem } from "../../api/client";
import { accept, invitation, needsCode, reasonOf, type Invitation } from "./auth";
import { CodeField } from "./CodeField";
import { Front } from "./Front";

/** `/invitation`: joining a team. */
export function InvitationPage() {
  const [query] = useSearchParams();
  const token = query.get("token") ?? "";
  const found = useQuery(invitation(token));
  if (found.data) return <Join token={token} to={found.data} />;
  return (
    <Front title="Join a team">
      {found.error ? (
        <Alert color="orange" role="alert" title="This invitation can't be used">
          {reasonOf(found.error)} Whoever invited you can send another.
        </Alert>
      ) : (
        <Skeleton height={180} />
      )}
    </Front>
  );
}

function Join({ token, to }: { token: string; to: Invitation }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const join = useMutation({ mutationFn: () => accept(token, { name, password, code }), onSuccess: () => location.assign("/") });
  const pointer = join.error instanceof ApiProblem ? join.error.pointer : null;
  const asks = code !== "" || needsCode(join.error);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate();
  };
  const at = (field: string) => (pointer === `/${field}` ? reasonOf(join.error) : undefined);
  return (
    <Front
      title={`Join ${to.account}`}
      about={
        <>
          {to.invited_by} invites you as {to.role.replace(/-/g, " ")}. You sign in with <strong>{to.email}</strong>.
        </>
      }
    >
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          {!to.known && (
            <TextInput
              label="Your name"
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={at("name")}
              required
              data-autofocus
            />
          )}
          <PasswordInput
            label={to.known ? "Your password" : "Choose a password"}
            description={to.known ? "The one you sign in with already." : "Ten characters or more."}
            autoComplete={to.known ? "current-password" : "new-password"}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={at("password")}
            required
          />
          {asks && <CodeField value={code} onChange={setCode} />}
          {join.error && !needsCode(join.error) && !at("name") && !at("password") && (
            <Alert color="red" role="alert">
              {reasonOf(join.error)}
            </Alert>
          )}
          <Button type="submit" loading={join.isPending} fullWidth>
            Join the team
          </Button>
        </Stack>
      </form>
    </Front>
  );
}
