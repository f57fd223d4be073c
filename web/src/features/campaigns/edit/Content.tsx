import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPencil, IconTemplate } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { Offered } from "../../../ui/Offered";
import type { Variation } from "./document";
import type { PartProps } from "./parts";
import { Section } from "./Section";
import { Seen } from "./Seen";
import { TemplateChooser } from "./TemplateChooser";

interface ContentProps extends PartProps {
  id: string;
}

/** What it says: a template for each variation, and how one reader would see it. */
export function Content({ id, draft, change, fault }: ContentProps) {
  const { variations } = draft;
  const [choosing, setChoosing] = useState<number | null>(null);
  const set = (place: number, template: { id: string; name: string }) => {
    const chosen = (each: Variation, at: number) => (at === place ? { ...each, template_id: template.id, template_name: template.name } : each);
    change({ variations: variations.map(chosen) }, true);
  };
  const several = variations.length > 1;
  return (
    <Section name="content" title="What it says">
      <Stack gap="md">
        {variations.map((variation, place) => (
          <Group key={variation.id ?? `new ${place}`} justify="space-between" gap="sm">
            <div>
              <Text size="sm" fw={500}>
                {variation.template_name ?? (variation.template_id ? "Its own content" : "No content yet")}
              </Text>
              {several && (
                <Text size="xs" c="dimmed">
                  {variation.name}
                </Text>
              )}
              {fault(`variations/${place}/template_id`) && (
                <Text size="sm" c="red" role="alert">
                  {fault(`variations/${place}/template_id`)}
                </Text>
              )}
            </div>
            <Group gap="xs">
              {variation.id && variation.template_id && (
                <Offered by="update_template">
                  <Button component={Link} to={`/templates/${variation.template_id}?campaign=${id}`} leftSection={<IconPencil size={16} />} aria-label={several ? `Edit the design of ${variation.name}` : undefined}>
                    Edit the design
                  </Button>
                </Offered>
              )}
            <Button
              variant={variation.template_id ? "default" : "filled"}
              leftSection={<IconTemplate size={16} />}
              onClick={() => setChoosing(place)}
              aria-label={several ? `${labelOf(variation)} for ${variation.name}` : undefined}
            >
              {labelOf(variation)}
            </Button>
            </Group>
          </Group>
        ))}
        {variations.some(({ template_id }) => template_id !== null) && <Seen id={id} variations={variations} />}
      </Stack>
      <TemplateChooser
        opened={choosing !== null}
        close={() => setChoosing(null)}
        choose={(template) => {
          if (choosing !== null) set(choosing, template);
          setChoosing(null);
        }}
      />
    </Section>
  );
}

const labelOf = ({ template_id }: Variation) => (template_id ? "Choose another" : "Choose the content");
