export { ImageField } from "./ImageField";
export { useUploadImage } from "./queries";
