export { booleanConverter } from './boolean-converter.ts';
export { byteArrayConverter } from './byte-array-converter.ts';
export { jsonConverter, type JsonConverterConfig } from './json/json-converter.ts';
export { doubleConverter, floatConverter, integerConverter, longConverter, shortConverter } from './number-converters.ts';
export { simpleHeaderConverter } from './simple-header-converter.ts';
export { stringConverter, type StringConverterConfig } from './string-converter.ts';
