import { Button, Group, Modal, TextInput } from "@mantine/core";
import { IconPhoto } from "@tabler/icons-react";
import { useState } from "react";
import { Grid } from "./Grid";
import { Upload } from "./Upload";
import type { Image } from "./queries";

/** The address of a picture, typed or chosen from the library. */
export function ImageField({ label, value, onChange }: { label: string; value: string; onChange: (address: string) => void }) {
  const [opened, setOpened] = useState(false);
  const choose = ({ attributes }: Image) => {
    onChange(attributes.image_url ?? "");
    setOpened(false);
  };
  return (
    <Group gap={6} align="flex-end" wrap="nowrap">
      <TextInput label={label} placeholder="https://" value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)} style={{ flexGrow: 1 }} />
      <Button variant="default" px="xs" aria-label={`Choose from the library: ${label}`} onClick={() => setOpened(true)}>
        <IconPhoto size={16} />
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Choose an image" size="xl" centered>
        <Group justify="flex-end" mb="sm">
          <Upload onUploaded={choose} />
        </Group>
        <Grid onChoose={choose} />
      </Modal>
    </Group>
  );
}
