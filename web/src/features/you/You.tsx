import { Skeleton } from "@mantine/core";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/States";
import { MailsCard } from "./MailsCard";
import { Passkeys } from "./Passkeys";
import { PasswordCard } from "./PasswordCard";
import { useMe } from "./queries";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";
import { WhoCard } from "./WhoCard";

/** `/you`: a user's own name and ways to sign in. */
export function YouPage() {
  const me = useMe();
  return (
    <Page title="You and your sign-in" subtitle="Who you are here, how you sign in, and where you are signed in.">
      {me.data ? (
        <>
          <WhoCard id={me.data.data.id} me={me.data.data.attributes} />
          <MailsCard id={me.data.data.id} me={me.data.data.attributes} />
          <PasswordCard me={me.data.data.attributes} />
          <Passkeys />
          <SecondFactor me={me.data.data.attributes} />
          <Sessions />
        </>
      ) : me.error ? (
        <Problem error={me.error} retry={me.refetch} />
      ) : (
        <Skeleton height={320} radius="lg" />
      )}
    </Page>
  );
}
