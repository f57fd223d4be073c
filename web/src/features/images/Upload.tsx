import { Button, FileButton, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { announce } from "../../ui/announce";
import { Offered } from "../../ui/Offered";
import { useUploadImage, type Image } from "./queries";

/** Takes a picture into the library. */
export function Upload({ onUploaded }: { onUploaded?: (image: Image) => void }) {
  const upload = useUploadImage();
  const take = (file: File | null) => {
    if (!file) return;
    upload.mutate(file, {
      onSuccess: ({ data }) => {
        announce(`${data.attributes.name ?? "The image"} is uploaded.`);
        onUploaded?.(data as Image);
      },
    });
  };
  return (
    <Offered by="upload_image_from_file">
      <div>
        <FileButton onChange={take} accept="image/png,image/jpeg,image/gif">
          {(props) => (
            <Button {...props} size="sm" leftSection={<IconUpload size={16} />} loading={upload.isPending}>
              Upload an image
            </Button>
          )}
        </FileButton>
        {upload.error && (
          <Text size="sm" c="red" role="alert" mt={4}>
            {upload.error.message}
          </Text>
        )}
      </div>
    </Offered>
  );
}
