import { SimpleGrid, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPhoto, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { rowsOf } from "../../api/records";
import { More } from "../../ui/Endless";
import { Empty, Problem, Rows } from "../../ui/States";
import classes from "./Images.module.css";
import { useImages, type Image } from "./queries";

/** The library, to choose from. */
export function Grid({ onChoose, hidden = false }: { onChoose: (image: Image) => void; hidden?: boolean }) {
  const [search, setSearch] = useState("");
  const [name] = useDebouncedValue(search.trim(), 300);
  const pages = useImages({ name, hidden });
  const rows = rowsOf(pages.data);
  return (
    <>
      <TextInput aria-label="Search the images" placeholder="Search by name" leftSection={<IconSearch size={16} />} value={search} onChange={({ currentTarget }) => setSearch(currentTarget.value)} mb="md" maw={360} />
      {!rows && (pages.error ? <Problem error={pages.error} retry={pages.refetch} /> : <Rows />)}
      {rows?.length === 0 && (
        <Empty icon={IconPhoto} title={name ? "No image has this in its name" : hidden ? "Nothing is hidden" : "No images yet"}>
          {name ? "Search for another part of the name." : hidden ? "What you hide is kept, and no longer offered." : "Upload a PNG, JPEG or GIF of at most 5 MB. It can be used in every template."}
        </Empty>
      )}
      {rows && rows.length > 0 && (
        <SimpleGrid cols={{ base: 2, xs: 3, md: 4, xl: 6 }} spacing="md">
          {rows.map((image) => (
            <UnstyledButton key={image.id} className={classes.tile} onClick={() => onChoose(image)}>
              <img src={image.attributes.image_url ?? ""} alt="" loading="lazy" />
              <Text size="xs" truncate>
                {image.attributes.name}
              </Text>
            </UnstyledButton>
          ))}
        </SimpleGrid>
      )}
      <More pages={pages} />
    </>
  );
}
