const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID in the notation of RFC 9562: any version, upper or lower case. */
export const isUuid = (text: string): boolean => uuid.test(text);
