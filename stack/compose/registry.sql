-- The schema registry keeps its schemas here, apart from the product's own database.
CREATE DATABASE registry;
