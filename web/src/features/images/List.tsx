import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { announce } from "../../ui/announce";
import { CopyLine } from "../../ui/Copy";
import { bytes } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { Grid } from "./Grid";
import classes from "./Images.module.css";
import { useUpdateImage, type Image } from "./queries";
import { Upload } from "./Upload";

export function Images() {
  const [shown, setShown] = useState("offered");
  const [image, setImage] = useState<Image | null>(null);
  return (
    <Page title="Images" subtitle="Pictures for your e-mails. What was sent keeps showing them." back={["/templates", "Templates"]} actions={<Upload onUploaded={setImage} />}>
      <Card title="Library" aside={<SegmentedControl size="xs" aria-label="Which images" value={shown} onChange={setShown} data={[{ value: "offered", label: "Offered" }, { value: "hidden", label: "Hidden" }]} />}>
        <Grid onChoose={setImage} hidden={shown === "hidden"} />
      </Card>
      {image && <Details key={image.id} image={image} close={() => setImage(null)} />}
    </Page>
  );
}

function Details({ image, close }: { image: Image; close: () => void }) {
  const { name, image_url, format, size, hidden } = image.attributes;
  const [text, setText] = useState(name ?? "");
  const update = useUpdateImage(image.id);
  const done = (words: string) => () => {
    announce(words);
    close();
  };
  return (
    <Modal opened onClose={close} title={name ?? "Image"} size="lg" centered>
      <Stack gap="md">
        <div className={classes.large}>
          <img src={image_url ?? ""} alt={name ?? ""} />
        </div>
        <Text size="sm" c="dimmed">
          {(format ?? "").toUpperCase()}, {bytes(size ?? 0)}
        </Text>
        <CopyLine label="Address" text={image_url ?? ""} />
        <Offered by="update_image">
          <TextInput label="Name" value={text} onChange={({ currentTarget }) => setText(currentTarget.value)} error={update.error?.message} />
          <Group justify="space-between">
            <Button variant="default" onClick={() => update.mutate({ hidden: !hidden }, { onSuccess: done(hidden ? "The image is offered again." : "The image is hidden.") })}>
              {hidden ? "Offer it again" : "Hide it"}
            </Button>
            <Button loading={update.isPending} onClick={() => update.mutate({ name: text.trim() }, { onSuccess: done("The name is saved.") })}>
              Save the name
            </Button>
          </Group>
        </Offered>
      </Stack>
    </Modal>
  );
}
