package dev.belfry.documentation;

import dev.belfry.http.SessionState;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;

@RequestScoped
public class Checkout {
  @Inject SessionState<Cart> cart;

  public void add(String item) {
    cart.update(before -> before.with(item));
  }
}
