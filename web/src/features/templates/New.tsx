import { Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useOnce } from "../../ui/once";
import { Card, Page } from "../../ui/Page";
import { BLANK } from "./blank";
import { branded, useBrand } from "./brand";
import { useCreateTemplate } from "./queries";
import { Starters } from "./Starters";
import type { Wire } from "./tree";

const HTML = `<!doctype html>
<html>
  <body>
    <h1>Hello {{ first_name|default:'there' }}</h1>
    <p>Write your e-mail here.</p>
    <p>{{ organization.name }}, {{ organization.full_address }}<br>{% unsubscribe %}</p>
  </body>
</html>
`;

export function NewTemplate() {
  const [name, setName] = useState("");
  const brand = useBrand();
  // on by itself once the account has said what its brand looks like
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isBranded = chosen ?? brand.button !== undefined;
  const once = useOnce();
  const create = useCreateTemplate();
  const navigate = useNavigate();
  const opened = ({ data }: { data: { id: string } }) => void navigate(`/templates/${data.id}`);
  const begin = (title: string, more: { definition?: Wire; html?: string }) =>
    once((again) => create.mutate(
      {
        name: name.trim() || title,
        editor_type: more.html ? "CODE" : "SYSTEM_DRAGGABLE",
        ...more,
        ...(more.definition && isBranded ? { definition: branded(more.definition, brand) } : {}),
      },
      { onSuccess: opened, onError: again },
    ));
  return (
    <Page title="Create a template" back={["/templates", "Templates"]} subtitle="Choose what to begin with; everything of it can be changed.">
      <Card>
        <Stack gap="md">
          <TextInput label="Name" placeholder="Spring news" maw={420} value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} />
          <Switch label="In the look of your brand" description="Its fonts, the colours of its words and its buttons, from the settings." checked={isBranded} onChange={({ currentTarget }) => setChosen(currentTarget.checked)} />
          <Group gap="xs">
            <Button variant="default" loading={create.isPending} onClick={() => begin("Untitled", { definition: BLANK })}>
              Begin with an empty one
            </Button>
            <Button variant="default" loading={create.isPending} onClick={() => begin("Untitled", { html: HTML })}>
              Write the HTML yourself
            </Button>
          </Group>
          {create.error && (
            <Text size="sm" c="red" role="alert">
              {create.error.message}
            </Text>
          )}
        </Stack>
      </Card>
      <Starters isBusy={create.isPending} begin={({ name: title, definition }) => begin(title ?? "Untitled", { definition: definition as Wire })} />
    </Page>
  );
}
