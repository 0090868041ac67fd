export type OrgChoice = {value: string; label: string};
