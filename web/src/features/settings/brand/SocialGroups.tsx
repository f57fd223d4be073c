import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { Foot } from "../../../ui/form/Foot";
import { Changed, shownValue } from "../../../ui/form/Changed";
import { words } from "../../../ui/format";
import { useSocialGroups, type SocialGroup, type Thing } from "./queries";
import { ThingHead, ThingMenu, ThingsCard } from "./Things";
import { useThingEdit } from "./useThingEdit";

const NETWORKS: Record<string, string> = {
  facebook: "Facebook",
  instagram: "Instagram",
  tiktok: "TikTok",
  youtube: "YouTube",
  pinterest: "Pinterest",
  linkedin: "LinkedIn",
  x_twitter: "X",
  custom: "Another",
};

export function SocialGroups() {
  const query = useSocialGroups();
  return (
    <ThingsCard title="Social links" add="Add links" query={query} rows={query.data?.data} empty="No links yet. They stand below the text of e-mails." edit={(done) => <Edit thing={null} done={done} />}>
      {(groups) => (
        <Stack gap="lg">
          {groups.map((group) => (
            <Shown key={group.id} group={group} />
          ))}
        </Stack>
      )}
    </ThingsCard>
  );
}

function Shown({ group }: { group: SocialGroup }) {
  const name = group.attributes.name || "Links";
  const links = group.attributes.social_links;
  return (
    <div>
      <ThingHead name={name}>
        <ThingMenu kind="brand-social-group" id={group.id} noun="links" name={name} edit={(thing, done) => <Edit thing={thing} done={done} />} />
      </ThingHead>
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {links.length === 0 ? "No link in it" : links.map(({ platform }) => networkName(platform)).join(", ")}
      </Text>
    </div>
  );
}

export const networkName = (platform: string): string => NETWORKS[platform] ?? words(platform);

interface Draft {
  name: string;
  social_links: { platform: string; link_url: string }[];
}

const valuesOf = ({ name, social_links }: SocialGroup["attributes"]): Draft => ({ name: name ?? "", social_links });
const NEW: Draft = { name: "", social_links: [{ platform: "instagram", link_url: "" }] };

const shown = (value: unknown): string =>
  shownValue(Array.isArray(value) ? (value as Draft["social_links"]).map(({ platform, link_url }) => `${networkName(platform)} ${link_url}`) : value);

function Edit({ thing, done }: { thing: Thing<"brand-social-group"> | null; done: () => void }) {
  const form = useForm<Draft>({
    initialValues: thing ? valuesOf(thing.data.attributes) : NEW,
    validate: { social_links: { link_url: (url) => (/^https?:\/\/\S+$/.test(url) ? null : "Write it as in https://instagram.com/shop.") } },
  });
  const { edit, submission } = useThingEdit({ kind: "brand-social-group", thing, form, valuesOf, done });
  return (
    <form onSubmit={submission.onSubmit} noValidate>
      <Stack gap="md">
        <Changed {...edit} thing="group of links" nameOf={(field) => (field === "name" ? "Name" : "Links")} shown={shown} overwrite={submission.onSubmit} />
        <TextInput label="Name" placeholder="Footer" data-autofocus {...form.getInputProps("name")} />
        <Stack gap="xs">
          {form.values.social_links.map(({ platform }, at) => (
            <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
              <Group gap="xs" flex="1 1 0" align="flex-start">
                <Select
                  aria-label={`Network of link ${at + 1}`}
                  data={Object.entries({ ...NETWORKS, [platform]: networkName(platform) }).map(([value, label]) => ({ value, label }))}
                  allowDeselect={false}
                  flex="1 1 130px"
                  {...form.getInputProps(`social_links.${at}.platform`)}
                />
                <TextInput
                  aria-label={`Address of link ${at + 1}`}
                  placeholder="https://…"
                  flex="3 1 200px"
                  {...form.getInputProps(`social_links.${at}.link_url`)}
                />
              </Group>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove link ${at + 1}`} onClick={() => form.removeListItem("social_links", at)}>
                <IconTrash size={17} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={15} />}
          w="fit-content"
          onClick={() => form.insertListItem("social_links", { platform: "facebook", link_url: "" })}
        >
          Add a link
        </Button>
        <Foot of={submission} label="Save the links" />
      </Stack>
    </form>
  );
}
