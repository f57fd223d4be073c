export { everythingOf, findProfile, MOST, useAddToList, useProfile, useRemoveFromList } from "./queries";
export { Subscribe, Unsubscribe } from "./ConsentForms";
export { AddToList } from "./AddToList";
export { handleOf, nameOf, ProfileTable } from "./Table";
