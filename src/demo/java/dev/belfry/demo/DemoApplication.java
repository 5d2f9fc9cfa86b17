package dev.belfry.demo;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The demo's REST resources. */
@ApplicationPath("/api")
public class DemoApplication extends Application {}
