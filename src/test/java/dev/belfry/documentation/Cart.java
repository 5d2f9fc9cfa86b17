package dev.belfry.documentation;

import java.util.ArrayList;
import java.util.List;

/**
 * What somebody is about to buy.
 *
 * @param items may be absent in what an older version has stored
 */
public record Cart(List<String> items) {

  public Cart {
    items = items == null ? List.of() : List.copyOf(items);
  }

  Cart with(String item) {
    List<String> more = new ArrayList<>(items);
    more.add(item);
    return new Cart(more);
  }
}
