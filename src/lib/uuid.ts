const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID as RFC 9562 writes it: any version, upper or lower case. */
export const isUuid = (text: string): boolean => uuid.test(text);
