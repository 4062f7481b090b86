import java.util.ArrayList;
import java.util.List;

/** Fills so many MiB of heap. */
public class Fault {
  public static void main(String[] words) {
    List<byte[]> kept = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(words[0]); i++) kept.add(new byte[1 << 20]);
    System.out.println(kept.size());
  }
}
