/** Bad input against a real server: requests that nobody in his right mind would send. */
package dev.belfry.abuse;
