// The Java half of the benchmark's two connectors: a source that hands out the same records again and again, and a sink that counts.
// The other half is bench/connectors.
package sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

public final class BenchConnectors {
    static final int BATCH = 500;

    public static final class GeneratorSource extends SourceConnector {
        private Map<String, String> config;
        @Override public void start(Map<String, String> props) { config = props; }
        @Override public Class<? extends Task> taskClass() { return GeneratorTask.class; }
        @Override public List<Map<String, String>> taskConfigs(int max) { return List.of(config); }
        @Override public void stop() { }
        @Override public ConfigDef config() {
            return new ConfigDef().define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "topic")
                .define("records", ConfigDef.Type.LONG, ConfigDef.Importance.HIGH, "how many");
        }
        @Override public String version() { return "1"; }
    }

    public static final class GeneratorTask extends SourceTask {
        private final Map<String, String> partition = Collections.singletonMap("generator", "0");
        private String topic;
        private long records;
        private long made;
        @Override public String version() { return "1"; }
        @Override public void start(Map<String, String> props) {
            topic = props.get("topic");
            records = Long.parseLong(props.get("records"));
        }
        @Override public List<SourceRecord> poll() throws InterruptedException {
            if (made >= records) {
                Thread.sleep(100);
                return null;
            }
            List<SourceRecord> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH && made < records; i++, made++) {
                batch.add(new SourceRecord(partition, Collections.singletonMap("n", made), topic, null, null, Schema.STRING_SCHEMA, text(made)));
            }
            return batch;
        }
        @Override public void stop() { }
    }

    /** A JSON object of 8 fields, some 170 bytes. */
    static String text(long n) {
        return "{\"id\":" + n + ",\"user\":\"user-" + (n % 1000) + "\",\"product\":\"product-" + (n % 100) + "\",\"quantity\":" + (n % 10)
            + ",\"price\":19.99,\"country\":\"Portugal\",\"paid\":true,\"comment\":\"a comment that makes the record as long as the others are\"}";
    }

    public static final class CountingSink extends SinkConnector {
        private Map<String, String> config;
        @Override public void start(Map<String, String> props) { config = props; }
        @Override public Class<? extends Task> taskClass() { return CountingTask.class; }
        @Override public List<Map<String, String>> taskConfigs(int max) { return Collections.nCopies(max, config); }
        @Override public void stop() { }
        @Override public ConfigDef config() {
            return new ConfigDef().define("count.file", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "where the count goes");
        }
        @Override public String version() { return "1"; }
    }

    public static final class CountingTask extends SinkTask {
        private Path file;
        private long count;
        private long written;
        @Override public String version() { return "1"; }
        @Override public void start(Map<String, String> props) { file = Path.of(props.get("count.file")); }
        @Override public void put(Collection<SinkRecord> records) {
            count += records.size();
            long now = System.currentTimeMillis();
            if (now - written < 50 && !records.isEmpty()) {
                return;
            }
            written = now;
            try {
                Files.writeString(file, Long.toString(count));
            } catch (IOException e) {
                throw new RuntimeException(e);
            }
        }
        @Override public void stop() { }
    }
}
