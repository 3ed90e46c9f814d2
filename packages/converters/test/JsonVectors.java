import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * Fills in what Apache Kafka's JsonConverter answers to the cases in json-vectors.json (connect-json 4.3.1 and what it
 * depends on must be on the class path): java -cp '<jars>' JsonVectors.java json-vectors.json
 */
public class JsonVectors {
    static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public static void main(String[] args) throws Exception {
        File file = new File(args[0]);
        ObjectNode vectors = (ObjectNode) MAPPER.readTree(file);
        for (JsonNode test : vectors.get("write")) write((ObjectNode) test);
        for (JsonNode test : vectors.get("read")) read((ObjectNode) test);
        MAPPER.writeValue(file, vectors);
    }

    static JsonConverter converter(JsonNode test) {
        Map<String, Object> config = new HashMap<>();
        if (test.has("config")) test.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
        JsonConverter converter = new JsonConverter();
        converter.configure(config, false);
        return converter;
    }

    static void write(ObjectNode test) {
        JsonConverter converter = converter(test);
        test.remove(List.of("expected", "error"));
        try {
            Schema schema = converter.asConnectSchema(test.get("schema"));
            byte[] bytes = converter.fromConnectData("t", schema, build(schema, test.get("value")));
            test.put("expected", bytes == null ? null : new String(bytes, StandardCharsets.UTF_8));
        } catch (Exception e) {
            test.put("error", e.getMessage());
        }
    }

    static void read(ObjectNode test) {
        JsonConverter converter = converter(test);
        test.remove(List.of("expected", "error"));
        try {
            JsonNode text = test.get("text");
            SchemaAndValue read = converter.toConnectData("t", text.isNull() ? null : text.textValue().getBytes(StandardCharsets.UTF_8));
            ObjectNode expected = test.putObject("expected");
            expected.set("schema", read.schema() == null ? MAPPER.nullNode() : converter.asJsonSchema(read.schema()));
            expected.set("value", describe(read.schema(), read.value()));
        } catch (Exception e) {
            test.put("error", e.getMessage());
        }
    }

    static Object build(Schema schema, JsonNode node) {
        if (node == null || node.isNull()) return null;
        if (schema == null) return buildSchemaless(node);
        if (schema.name() != null) {
            switch (schema.name()) {
                case "org.apache.kafka.connect.data.Decimal":
                    return new BigDecimal(new BigInteger(node.get("unscaled").textValue()), node.get("scale").intValue());
                case "org.apache.kafka.connect.data.Date":
                case "org.apache.kafka.connect.data.Time":
                case "org.apache.kafka.connect.data.Timestamp":
                    return new Date(node.longValue());
                default:
            }
        }
        switch (schema.type()) {
            case INT8: return Byte.valueOf(node.asText());
            case INT16: return Short.valueOf(node.asText());
            case INT32: return Integer.valueOf(node.asText());
            case INT64: return Long.valueOf(node.asText());
            case FLOAT32: return Float.valueOf(node.asText());
            case FLOAT64: return Double.valueOf(node.asText());
            case BOOLEAN: return node.booleanValue();
            case STRING: return node.textValue();
            case BYTES: return Base64.getDecoder().decode(node.textValue());
            case ARRAY: {
                List<Object> list = new ArrayList<>();
                for (JsonNode item : node) list.add(build(schema.valueSchema(), item));
                return list;
            }
            case MAP: {
                Map<Object, Object> map = new LinkedHashMap<>();
                for (JsonNode entry : node) map.put(build(schema.keySchema(), entry.get(0)), build(schema.valueSchema(), entry.get(1)));
                return map;
            }
            default: {
                Struct struct = new Struct(schema);
                for (Field field : schema.fields()) {
                    if (node.has(field.name())) struct.put(field, build(field.schema(), node.get(field.name())));
                }
                return struct;
            }
        }
    }

    static Object buildSchemaless(JsonNode node) {
        if (node.isTextual()) return node.textValue();
        if (node.isBoolean()) return node.booleanValue();
        if (node.isNull()) return null;
        if (node.has("long")) return Long.valueOf(node.get("long").textValue());
        if (node.has("double")) return Double.valueOf(node.get("double").textValue());
        if (node.has("bytes")) return Base64.getDecoder().decode(node.get("bytes").textValue());
        if (node.has("date")) return new Date(node.get("date").longValue());
        if (node.has("decimal")) return new BigDecimal(node.get("decimal").textValue());
        if (node.has("list")) {
            List<Object> list = new ArrayList<>();
            for (JsonNode item : node.get("list")) list.add(buildSchemaless(item));
            return list;
        }
        Map<Object, Object> map = new LinkedHashMap<>();
        for (JsonNode entry : node.get("map")) map.put(buildSchemaless(entry.get(0)), buildSchemaless(entry.get(1)));
        return map;
    }

    static JsonNode describe(Schema schema, Object value) {
        if (value == null) return MAPPER.nullNode();
        if (value instanceof String) return MAPPER.getNodeFactory().textNode((String) value);
        if (value instanceof Boolean) return MAPPER.getNodeFactory().booleanNode((Boolean) value);
        ObjectNode node = MAPPER.createObjectNode();
        if (value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long) return node.put("long", value.toString());
        if (value instanceof Float || value instanceof Double) return node.put("double", value.toString());
        if (value instanceof Date) return node.put("date", ((Date) value).getTime());
        if (value instanceof BigDecimal) return node.put("decimal", value.toString());
        if (value instanceof byte[]) return node.put("bytes", Base64.getEncoder().encodeToString((byte[]) value));
        if (value instanceof List) {
            ArrayNode list = node.putArray("list");
            for (Object item : (List<?>) value) list.add(describe(schema == null ? null : schema.valueSchema(), item));
            return node;
        }
        if (value instanceof Map) {
            ArrayNode map = node.putArray("map");
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                ArrayNode pair = map.addArray();
                pair.add(describe(schema == null ? null : schema.keySchema(), entry.getKey()));
                pair.add(describe(schema == null ? null : schema.valueSchema(), entry.getValue()));
            }
            return node;
        }
        Struct struct = (Struct) value;
        ObjectNode fields = node.putObject("struct");
        for (Field field : struct.schema().fields()) fields.set(field.name(), describe(field.schema(), struct.getWithoutDefault(field.name())));
        return node;
    }
}
